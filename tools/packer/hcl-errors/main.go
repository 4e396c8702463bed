// Prints where templates break the syntax of HCL, one JSON object a line: packer itself tells the line only.
package main

import (
	"encoding/json"
	"os"
	"path/filepath"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclparse"
)

func main() {
	out := json.NewEncoder(os.Stdout)
	for _, place := range os.Args[1:] {
		files := []string{place}
		if info, err := os.Stat(place); err == nil && info.IsDir() {
			files, _ = filepath.Glob(filepath.Join(place, "*.pkr.hcl"))
		}
		for _, file := range files {
			_, found := hclparse.NewParser().ParseHCLFile(file)
			for _, one := range found {
				if one.Severity == hcl.DiagError && one.Subject != nil {
					start := one.Subject.Start
					out.Encode(map[string]any{"file": file, "line": start.Line, "column": start.Column})
				}
			}
		}
	}
}
