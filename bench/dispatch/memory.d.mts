export function slope(points: readonly (readonly [number, number])[]): {
  slope: number;
  error: number | null;
};
