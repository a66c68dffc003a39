import { buildData } from '../build-data.ts';
import type { BuildData } from '../../plan/build-plan.ts';
import type { BuildContext } from '../context.ts';
import type { Recorder, Snapshot } from '../dossier/recorder.ts';
import { explain } from '../failure.ts';
import type { BuildFailure, HttpEvidence } from '../result.ts';
import type { StepFailure } from '../runner.ts';
import { verdictOf } from './verdict.ts';

/** Lines of the output of a provisioner that a failure carries. */
const OUTPUT_LINES = 20;

/** What is known when a step has failed. */
export interface Gathered {
  /** For the result and its views. */
  readonly shown: Pick<BuildFailure, 'consoleTail' | 'consoleLog' | 'http' | 'output' | 'ssh' | 'verdict'>;
  /** For the dossier. */
  readonly snapshot: Snapshot;
  readonly http?: HttpEvidence;
  readonly data?: BuildData;
}

/** Takes the evidence before anything is undone. Never throws: the failure itself matters more. */
export async function gatherEvidence(
  context: BuildContext,
  { step, error }: StepFailure,
  recorder: Recorder,
): Promise<Gathered> {
  const { machine, transcript, emitter, plan, signal, hypervisor } = context;
  const snapshot = recorder.snapshot();
  const consoleTail = machine?.recorder.tail();
  const http = await httpEvidence(context).catch(() => undefined);
  const data = await buildData(context).catch(() => undefined);
  const output =
    (step === 'provision' || step === 'post-processors') && snapshot.output !== undefined
      ? { of: snapshot.output.of, lines: snapshot.output.lines.slice(-OUTPUT_LINES) }
      : undefined;
  const ssh = snapshot.ssh?.stage === 'connected' ? undefined : snapshot.ssh;
  const verdict = verdictOf({
    step,
    cancelled: signal.aborted,
    message: emitter.redactor.text(explain(error).message),
    hint: explain(error).hint,
    codes: codesOf(error),
    source: plan.source,
    hypervisor: hypervisor.name,
    console: consoleTail,
    silence: snapshot.silence,
    http,
    refusedClients: refusedClients(recorder),
    ssh,
    output,
    commandEnd: snapshot.commandEnd,
  });
  const installing = ['boot command', 'install', 'generated files'].includes(step);
  return {
    shown: {
      ...(machine === undefined || transcript === undefined
        ? {}
        : { consoleTail, consoleLog: transcript.path }),
      http: installing ? http : undefined,
      output: output?.lines.length === 0 ? undefined : output,
      ssh: (step === 'connect' || step === 'provision') && ssh !== undefined ? shownState(ssh) : undefined,
      // A mistake of ours has nothing to do with the guest.
      verdict: explain(error).internal === undefined ? verdict : undefined,
    },
    snapshot,
    http,
    data,
  };
}

function shownState({ host, port, text }: NonNullable<Snapshot['ssh']>) {
  return { host, port, text };
}

async function httpEvidence({ http }: BuildContext): Promise<HttpEvidence | undefined> {
  // Before there is anything to serve there is nothing to tell.
  if (http === undefined || !http.serving) return undefined;
  return { url: `http://${http.host}:${http.server.port}`, ...(await http.server.evidence()) };
}

function refusedClients({ requests }: Recorder): readonly string[] {
  const refused = requests.items().filter(({ status }) => status === 403);
  return [...new Set(refused.map(({ client }) => client))].slice(0, 5);
}

function codesOf(error: unknown): string[] {
  const codes: string[] = [];
  for (let cause = error, depth = 0; cause instanceof Error && depth < 10; cause = cause.cause, depth++) {
    const { code } = cause as NodeJS.ErrnoException;
    if (typeof code === 'string') codes.push(code);
  }
  return codes;
}
