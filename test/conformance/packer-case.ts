import type { TestKiln } from '../scenarios/kiln.js';
import type { MethodCase, Work } from './method-case.js';

/** A template whose first provisioner does the work, and whose second makes an image of the base image. */
export function packerCase(): MethodCase {
  return {
    method: 'packer',
    refusesSecrets: null,
    keepsNoCache: 'an image and its layers are the run’s own',
    prepare: (kiln) =>
      Promise.resolve((work) =>
        Promise.resolve({
          method: 'packer',
          source: { kind: 'inline' },
          options: {
            packer_template: template(kiln, work),
            base_images: [kiln.baseImage],
            ...(work.secret !== undefined && { secrets: [{ id: 'it', name: work.secret }] }),
          },
        }),
      ),
  };
}

function template({ baseImage }: TestKiln, { script, missingFile }: Work): string {
  const reads = 'printf %s "$IT" > /tmp/it; SECRET_FILE=/tmp/it';
  const image = `c=$(buildah from ${baseImage}) && buildah commit --quiet "$c" "$IMAGE"`;
  return [
    'variable "kiln_image" {}',
    'variable "it" {\n  sensitive = true\n  default = ""\n}',
    'source "null" "app" {\n  communicator = "none"\n}',
    'build {\n  sources = ["source.null.app"]',
    provisioner(`inline = [${quoted(`${reads}; ${script}`)}]`),
    ...(missingFile === undefined ? [] : [provisioner(`script = "${missingFile}"`)]),
    provisioner(`inline = [${quoted(image)}]`),
    '}',
  ].join('\n');
}

function provisioner(what: string): string {
  return `  provisioner "shell-local" {\n    environment_vars = ["IT=\${var.it}", "IMAGE=\${var.kiln_image}"]\n    ${what}\n  }`;
}

/** As HCL writes a text: nothing in it is expanded. */
function quoted(text: string): string {
  return JSON.stringify(text).replaceAll(/[$%](?=\{)/g, '$&$&');
}
