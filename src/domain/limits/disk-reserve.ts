/** What Kiln leaves free on a disk where the operator says nothing else. */
export const DISK_RESERVE_BYTES = 2_000_000_000;
