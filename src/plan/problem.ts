/** A problem found while a plan is carried out, already placed and worded; the rooms below `cli` know no HCL ranges. */
export interface Problem {
  readonly summary: string;
  readonly detail: string;
  readonly file?: string;
  readonly line?: number;
  readonly column?: number;
}
