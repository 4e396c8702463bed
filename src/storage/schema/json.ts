import type { ColumnType } from 'kysely';

/** A jsonb column: read as a value, written as text made by `toJson`. */
export type Json<T> = ColumnType<T, string | null, string | null>;
/** A jsonb column with a default. */
export type DefaultedJson<T> = ColumnType<T, string | undefined, string>;
