/** What is wrong with a spec, in a sentence for the reader. */
export class SpecError extends Error {}
