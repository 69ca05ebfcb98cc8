/** From where to where something stands in the text of a script. */
export interface Place {
  readonly start: number;
  readonly end: number;
}
