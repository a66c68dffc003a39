/** What a step, a provisioner or a post-processor can tell the user. The executor turns these into events. */
export interface Ui {
  /** A step of the work, in a sentence. */
  say(text: string): void;
  /** A problem that does not end the build by itself. */
  error(text: string): void;
  /** One line that a command printed, without its line end. */
  output(stream: 'stdout' | 'stderr', line: string): void;
  /** What is known while something goes on, for a line that is drawn anew; absent where there is none. */
  status?(text: string): void;
}
