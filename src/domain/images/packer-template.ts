/** Whether `packer_template` is the text of a template; else it is a path in the source. */
export function isTemplateText(template: string): boolean {
  return /[\n{]/.test(template);
}
