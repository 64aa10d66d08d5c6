/** What shall be done with the chosen rows. */
export interface Deeds {
  /** What is missing now comes back. */
  readonly create: boolean;
  /** What changed goes back to what it was, field by field. */
  readonly update: boolean;
  /** What is new goes. */
  readonly remove: boolean;
  /** Also fields that people changed since go back. */
  readonly wholeRows: boolean;
}

export const defaultDeeds: Deeds = { create: true, update: false, remove: false, wholeRows: false };
