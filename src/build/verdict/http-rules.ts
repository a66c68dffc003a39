import { formatDuration } from '../../lib/duration.ts';
import type { HttpEvidence } from '../result.ts';
import type { Evidence, Judgement, Rule } from './evidence.ts';

/** The installer answers a question in seconds; one that says nothing for so long waits for somebody. */
const SILENT = 120_000;

/** A rule about the files of the installation, which looks only at builds that were installing and had some. */
function rule(name: string, judge: (http: HttpEvidence, evidence: Evidence) => Judgement | undefined): Rule {
  return {
    name,
    judge: (evidence) => {
      const installing = evidence.step === 'boot command' || evidence.step === 'install';
      return installing && evidence.http ? judge(evidence.http, evidence) : undefined;
    },
  };
}

/** What the installer asked the HTTP server for, and what it did not. */
export const HTTP_RULES: readonly Rule[] = [
  rule('http-client-refused', ({ fetched }, { refusedClients }) =>
    refusedClients.length > 0 && fetched === 0
      ? {
          cause: `The HTTP server refused the requests of ${refusedClients.join(', ')}: it serves the guest of this build only, and knows it under another address.`,
          next: 'If that is the guest, behind NAT or a pf redirection, set http_bind_address: then every client is served.',
        }
      : undefined,
  ),
  rule('http-wrong-path', ({ notFound, neverFetched }, { source }) => {
    const wrong = notFound.find(({ nearest }) => nearest !== undefined && neverFetched.includes(nearest));
    return (
      wrong && {
        cause: `The installer asked for ${wrong.path}, which is not there; the server has ${wrong.nearest}, for which nobody asked.`,
        next: `Correct the path in boot_command (${placeOf(source)}), or the name of the file.`,
      }
    );
  }),
  rule('http-not-found', ({ notFound, fetched, url }, { source: { config } }) => {
    const [first] = notFound;
    const where = config.http_directory === undefined ? 'http_content' : `${config.http_directory}`;
    return fetched === 0 && first !== undefined
      ? {
          cause: `The installer asked for ${first.path}, which is not served, and got none of the files at ${url}.`,
          next: `Put the file into ${where}, or correct the path in boot_command.`,
        }
      : undefined;
  }),
  rule('http-unreachable', ({ requests, url }, { console = [], hypervisor }) => {
    const address = url.replace(/^https?:\/\//, '');
    return requests === 0 && console.some((line) => line.includes(address))
      ? {
          cause: `The guest was told to fetch from ${url}, as its console shows, but no request came.`,
          next:
            hypervisor === 'vmctl'
              ? 'See the last screen whether the installer got an address by DHCP, and whether pf(4) on this machine lets it through: pass in on tap.'
              : 'See the last screen whether the installer found its network interface and got an address by DHCP.',
        }
      : undefined;
  }),
  rule('http-never-asked', ({ requests, neverFetched, url }, { source }) =>
    requests === 0 && neverFetched.length > 0
      ? {
          cause: `The installer never asked for its files: no request reached ${url}.`,
          next: `Compare the last screen with boot_command (${placeOf(source)}): were the keys typed too early, too late, or into something else? boot_wait is ${formatDuration(Math.max(0, source.config.boot_wait))}; \`vmm-hcl plan\` shows the keys.`,
        }
      : undefined,
  ),
  rule('install-unfinished', ({ fetched }, { step, cancelled, silence = 0 }) =>
    step === 'install' && cancelled && fetched > 0
      ? {
          cause:
            silence >= SILENT
              ? `The installer fetched its files and has been silent for ${formatDuration(Math.round(silence / 1000) * 1000)}: it probably waits for an answer.`
              : 'The installer fetched its files and was still at work.',
          next: 'See the last screen: does a question stand there that the answer file does not answer? The installation must end with a power-off, or, with boot_device "net" or "cdrom", a reboot.',
        }
      : undefined,
  ),
];

function placeOf({ origin: { file, line } }: Evidence['source']): string {
  return `${file}:${line}`;
}
