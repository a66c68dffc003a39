// What `npm run demo` and `npm test` do first: everything a fresh clone lacks. Plain Node without dependencies, since there are none yet.
import { spawn, spawnSync } from 'node:child_process';
import {
  accessSync,
  constants,
  existsSync,
  readFileSync,
  readdirSync,
  realpathSync,
  rmSync,
  statSync,
} from 'node:fs';
import { basename, delimiter, dirname, join } from 'node:path';

export const ROOT = new URL('../', import.meta.url).pathname.replace(/\/$/, '');
export const CLI = join(ROOT, 'dist', 'vmm-hcl.js');

/** A failure that needs a person; the text says what to do. */
export class SetupError extends Error {}

/** Whether a program is on the PATH. */
export function hasProgram(name) {
  return (process.env.PATH ?? '').split(delimiter).some((directory) => {
    try {
      accessSync(join(directory, name), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

/**
 * Runs a program with our terminal and resolves with its exit status (128 + n for signal n). Ctrl-C reaches the program by itself;
 * we wait for its clean-up, and pass on a signal that was sent to us alone.
 */
export function run(command, args, options = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd: ROOT, stdio: 'inherit', ...options });
    const ignore = () => {};
    const passOn = () => child.kill('SIGTERM');
    process.on('SIGINT', ignore);
    process.on('SIGTERM', passOn);
    const done = () => {
      process.off('SIGINT', ignore);
      process.off('SIGTERM', passOn);
    };
    child.on('error', (error) => {
      done();
      reject(error);
    });
    child.on('close', (code, signal) => {
      done();
      resolve(code ?? (signal === 'SIGINT' ? 130 : 143));
    });
  });
}

async function mustRun(what, command, args, options) {
  const status = await run(command, args, options);
  if (status !== 0)
    throw new SetupError(`${what} failed: ${[command, ...args].join(' ')} ended with status ${status}.`);
}

/** Checks the version of Node against package.json. */
export function checkNode() {
  const { engines } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
  const [major, minor] = engines.node.match(/\d+/g).map(Number);
  const [ourMajor, ourMinor] = process.versions.node.split('.').map(Number);
  if (ourMajor < major || (ourMajor === major && ourMinor < minor)) {
    throw new SetupError(
      `Node ${engines.node} is needed; this is ${process.versions.node} (${process.execPath}).`,
    );
  }
}

/** Runs `npm ci` unless node_modules already holds what package-lock.json asks for. Returns whether it ran. */
export async function ensureDependencies() {
  if (dependenciesPresent()) return false;
  await mustRun('Installing the npm packages', 'npm', ['ci', '--no-audit', '--no-fund']);
  return true;
}

function dependenciesPresent() {
  const installedList = join(ROOT, 'node_modules', '.package-lock.json');
  if (!existsSync(installedList)) return false;
  const wanted = JSON.parse(readFileSync(join(ROOT, 'package-lock.json'), 'utf8')).packages;
  const installed = JSON.parse(readFileSync(installedList, 'utf8')).packages;
  return Object.entries(wanted).every(
    // Optional packages are those of other systems; the entry "" is the project itself.
    ([path, { version, optional }]) => path === '' || optional || installed[path]?.version === version,
  );
}

/** Compiles src/ to dist/ unless dist/ is newer than everything it is made of. Returns whether it compiled. */
export async function ensureCompiled() {
  const sources = ['src', 'schema', 'scripts', 'package.json', 'package-lock.json', 'tsconfig.json'];
  const newest = Math.max(...sources.map((name) => newestChange(join(ROOT, name))));
  if (existsSync(CLI) && statSync(CLI).mtimeMs > newest) return false;
  await mustRun('Compiling', 'npm', ['run', '--silent', 'build']);
  return true;
}

function newestChange(path) {
  if (!existsSync(path)) return 0;
  const { mtimeMs } = statSync(path);
  if (!statSync(path).isDirectory()) return mtimeMs;
  // The compiler itself writes there, from schema/.
  const names = readdirSync(path).filter((name) => name !== 'generated');
  return Math.max(mtimeMs, ...names.map((name) => newestChange(join(path, name))));
}

/** Programs that the demo and the end-to-end tests call, and the Debian packages that bring them. */
const PROGRAMS = {
  'qemu-system-x86_64': 'qemu-system-x86',
  'qemu-img': 'qemu-utils',
  xorriso: 'xorriso',
  // Unpack kernel modules on systems that compress them.
  xz: 'xz-utils',
  zstd: 'zstd',
};

/** The Debian packages among those we need that are not installed. */
export function missingPackages() {
  return Object.keys(PROGRAMS)
    .filter((program) => !hasProgram(program))
    .map((program) => PROGRAMS[program]);
}

/** Whether apt knows the packages of which the guest is made; it does not before the first `apt-get update`. */
function aptListsPresent() {
  return spawnSync('apt-cache', ['show', 'busybox-static'], { stdio: 'ignore' }).status === 0;
}

/** The words that make a command run as root, or undefined when that needs a password. */
function asRoot() {
  if (process.getuid?.() === 0) return [];
  const allowed = hasProgram('sudo') && spawnSync('sudo', ['-n', 'true'], { stdio: 'ignore' }).status === 0;
  return allowed ? ['sudo', '-n'] : undefined;
}

/**
 * Installs QEMU and what the guest is built with, by apt-get where it may.
 * @throws SetupError with exactly what to type where it may not. Returns whether something was installed.
 */
export async function ensureSystemPackages() {
  const missing = missingPackages();
  const needLists = !guestIsBuilt() && !(hasProgram('apt-cache') && aptListsPresent());
  if (missing.length === 0 && !needLists) return false;
  const install = ['install', '-y', '--no-install-recommends', ...missing];
  if (!hasProgram('apt-get')) {
    throw new SetupError(
      `This needs Debian or Ubuntu (amd64), whose packages the guest is made of: there is no apt-get here.\n` +
        `Missing programs: ${
          Object.keys(PROGRAMS)
            .filter((program) => !hasProgram(program))
            .join(', ') || 'none'
        }.`,
    );
  }
  const root = asRoot();
  if (root === undefined) {
    const lines = ['sudo apt-get update'];
    if (missing.length > 0) lines.push(`sudo apt-get ${install.join(' ')}`);
    throw new SetupError(
      `Root must install something first. Please run:\n\n  ${lines.join('\n  ')}\n\nand then this again.`,
    );
  }
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  const apt = (...args) => {
    const [command, ...rest] = [...root, 'apt-get', '-q', ...args];
    return mustRun('Installing Debian packages', command, rest, { env });
  };
  await apt('update');
  if (missing.length > 0) await apt(...install);
  return true;
}

const GUEST_ISO = join(ROOT, '.cache', 'guest', 'tiny-linux.iso');

function guestIsBuilt() {
  return existsSync(GUEST_ISO);
}

/** Builds the installation CD of the guest, unless it is there. Returns its path. */
export async function ensureGuest() {
  await mustRun('Building the CD of Tiny Linux', 'bash', [join(ROOT, 'fixtures', 'guest', 'build.sh')]);
  removeOldGuests(GUEST_ISO);
  return GUEST_ISO;
}

/**
 * Removes the CDs of older recipes beside a CD, but not the latest of them: whoever goes back and forth between two recipes need
 * not build each time.
 */
export function removeOldGuests(iso) {
  const [folder, current] = [dirname(iso), basename(realpathSync(iso))];
  const others = readdirSync(folder)
    .filter((name) => /^tiny-linux-[0-9a-f]{16}\.iso$/.test(name) && name !== current)
    .map((name) => join(folder, name))
    .sort((a, b) => statSync(b).mtimeMs - statSync(a).mtimeMs);
  for (const old of others.slice(1)) {
    for (const path of [old, old.replace(/iso$/, 'packages')]) rmSync(path, { force: true });
  }
}
