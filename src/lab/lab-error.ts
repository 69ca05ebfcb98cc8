/** The lab could not be built or used: the machine refused something. The message is a sentence for the user. */
export class LabError extends Error {
  override readonly name = 'LabError';
}
