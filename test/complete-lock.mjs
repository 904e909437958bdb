/**
 * `npm run lock`: npm leaves optional packages of other platforms out of the lock file when the registry it was made with does not serve them,
 * and `npm ci` then refuses it everywhere. This writes them in by name, version, system and processor; nothing is downloaded.
 */
import { readFileSync, writeFileSync } from 'node:fs';

const SYSTEMS = ['darwin', 'linux', 'win32', 'freebsd', 'openbsd', 'netbsd', 'android', 'aix', 'sunos', 'openharmony'];
const PROCESSORS = ['x64', 'arm64', 'ppc64', 's390x', 'riscv64', 'loong64', 'mips64el', 'ia32', 'wasm32', 'arm'];

const lock = JSON.parse(readFileSync('package-lock.json', 'utf8'));
const { packages } = lock;

/** Whether a package that stands at `path` finds `name` in its own folder or one above. */
const resolves = (path, name) => {
  for (let base = path; ; base = base.slice(0, Math.max(base.lastIndexOf('node_modules/'), 0)).replace(/\/$/, '')) {
    if (packages[`${base ? `${base}/` : ''}node_modules/${name}`]) return true;
    if (base === '') return false;
  }
};

const entryOf = (name, range, dev) => {
  const words = name.replace('windows', 'win32').split(/[-_/]/);
  const os = SYSTEMS.filter((system) => words.includes(system));
  const cpu = PROCESSORS.filter((processor) => words.includes(processor)).slice(0, 1);
  return {
    version: range.replace(/^[\^~>=]+/, ''),
    ...(cpu.length ? { cpu } : {}),
    ...(dev ? { dev } : {}),
    optional: true,
    ...(os.length ? { os } : {}),
  };
};

let added = 0;
for (const [path, { optionalDependencies = {}, dev }] of Object.entries(packages)) {
  for (const [name, range] of Object.entries(optionalDependencies)) {
    if (resolves(path, name)) continue;
    packages[`node_modules/${name}`] = entryOf(name, range, dev);
    added += 1;
  }
}
lock.packages = Object.fromEntries(Object.entries(packages).sort(([a], [b]) => (a < b ? -1 : 1)));
writeFileSync('package-lock.json', `${JSON.stringify(lock, null, 2)}\n`);
console.log(`${added} packages of other platforms written into the lock file`);
