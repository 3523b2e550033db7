import {execFile} from 'node:child_process';
import {mkdir, mkdtemp, readdir} from 'node:fs/promises';
import {join} from 'node:path';
import {promisify} from 'node:util';

const run = promisify(execFile);

/** Gets packages with the system's apt, without installing any and without being root. */
export class Apt {
  readonly #dir: string;
  readonly #sources: string | undefined;
  #options: readonly string[] = [];

  /**
   * Everything written goes below this folder, which should be a temporary one.
   * `sources` is a file to use in place of the system's own lists of sources.
   */
  constructor(dir: string, sources?: string) {
    this.#dir = dir;
    this.#sources = sources;
  }

  async unpack(packages: readonly string[], root: string): Promise<void> {
    const dir = await mkdtemp(join(this.#dir, 'packages-'));
    await this.#download(packages, dir);
    for (const file of await readdir(dir)) {
      if (file.endsWith('.deb')) await run('dpkg-deb', ['-x', join(dir, file), root]);
    }
  }

  /** The libraries these packages depend on which are not installed. */
  async absentLibraries(packages: readonly string[]): Promise<string[]> {
    const absent: string[] = [];
    for (const name of await this.#libraries(packages)) {
      // A C library other than the system's own would not even start.
      if (name !== 'libc6' && !(await isInstalled(name))) absent.push(name);
    }
    return absent;
  }

  /** All libraries these packages depend on, in as many steps as it takes; the C library too. */
  async allLibraries(packages: readonly string[]): Promise<string[]> {
    if (this.#options.length === 0) await this.#update();
    const found = new Set<string>();
    let latest = packages;
    while (latest.length > 0) {
      const names = await this.#libraries(latest);
      latest = names.filter((name) => !found.has(name));
      for (const name of latest) found.add(name);
    }
    return [...found];
  }

  async #libraries(packages: readonly string[]): Promise<string[]> {
    const {stdout} = await run('apt-cache', [...this.#options, 'depends', ...packages]);
    const names = [...stdout.matchAll(/^ *\|?Depends: (lib[\w.+-]+)$/gm)];
    return [...new Set(names.flatMap(([, name]) => name ?? []))];
  }

  async #download(packages: readonly string[], cwd: string): Promise<void> {
    const get = (): Promise<unknown> =>
      run('apt-get', [...this.#options, 'download', ...packages], {cwd});
    try {
      await get();
    } catch {
      // The lists are missing, or name versions that are gone by now.
      await this.#update();
      await get();
    }
  }

  // Into lists of our own: the system's are root's, and nobody asked to change them.
  async #update(): Promise<void> {
    const state = join(this.#dir, 'state');
    const cache = join(this.#dir, 'cache');
    await mkdir(join(state, 'lists/partial'), {recursive: true});
    await mkdir(join(cache, 'archives/partial'), {recursive: true});
    const settings = {
      'Dir::State': state,
      'Dir::State::status': '/var/lib/dpkg/status',
      'Dir::Cache': cache,
      // Root's apt would become a user who has no business in our folder.
      'APT::Sandbox::User': '',
    };
    if (this.#sources !== undefined) {
      Object.assign(settings, {
        'Dir::Etc::sourcelist': this.#sources,
        'Dir::Etc::sourceparts': '-',
      });
    }
    this.#options = Object.entries(settings).flatMap(([name, value]) => ['-o', `${name}=${value}`]);
    await run('apt-get', [...this.#options, '-qq', 'update']);
  }
}

async function isInstalled(name: string): Promise<boolean> {
  try {
    const {stdout} = await run('dpkg-query', ['-W', '-f=${db:Status-Status} ', name]);
    return stdout.includes('installed');
  } catch {
    return false;
  }
}
