/** The lines of a file to which somebody may write at this moment: without the one that is not whole yet. */
export function wholeLines(text: string): string[] {
  return text.split('\n').slice(0, -1);
}
