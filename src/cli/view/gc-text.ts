import type { CollectedRun, Collection, Finding } from '../../journal/collect.ts';

const DONE = { stop: 'Stopped', end: 'Ended', remove: 'Removed' } as const;
const WOULD = { stop: 'Would stop', end: 'Would end', remove: 'Would remove' } as const;

/** One line for each thing, below one for its run. */
export function gcText({ runs, problems }: Collection): string[] {
  const lines = runs.flatMap(runLines);
  return lines.length > 0 || problems.length > 0 ? lines : ['Nothing to clean up.'];
}

/** Everything that was to go is gone, and everything could be read. */
export function isClean({ runs, problems }: Collection): boolean {
  return (
    problems.length === 0 && runs.every(({ findings }) => findings.every(({ outcome }) => outcome !== 'left'))
  );
}

function runLines(run: CollectedRun): string[] {
  switch (run.state) {
    case 'dead':
      if (run.findings.length === 0) return [`${title(run)} was killed and has left nothing.`];
      return [
        `${title(run)} was killed and has left:`,
        ...run.findings.map((one) => `  ${findingLine(one)}`),
      ];
    case 'kept':
      if (run.findings.length === 0)
        return [`${title(run)} has left its work on purpose (-on-error); gc -kept removes it.`];
      return [`${title(run)} had left on purpose:`, ...run.findings.map((one) => `  ${findingLine(one)}`)];
    case 'alive':
      return [`${title(run)} is running; nothing of it is touched.`];
    case 'elsewhere':
      return [`${title(run)} is of another machine or container; run gc there.`];
  }
}

function title({ pid, host, purpose, began, state }: CollectedRun): string {
  const where = state === 'elsewhere' ? ` on ${host}` : '';
  return `The build of ${purpose} (process ${pid}${where}, began ${began})`;
}

/** What came of a thing. */
export function findingLine({ what, verb, outcome, reason, byHand }: Finding): string {
  switch (outcome) {
    case 'done':
      return `${DONE[verb]} ${what}.`;
    case 'would-do':
      return `${WOULD[verb]} ${what}.`;
    case 'left':
      return `Left alone: ${what}. ${reason ?? ''}${byHand === '' ? '' : ` By hand: ${byHand}`}`;
  }
}
