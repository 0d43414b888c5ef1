/**
 * The text that `docker version` prints, from 1.3 to 29. Only names of sections and keys count, never the
 * indentation: it is lost wherever the text was copied from a page. Podman, `ctr` and nerdctl print nearly the
 * same, and none of them says anything about dockerd.
 */
import type { Output } from './statements.js';
import { withBuild, withEdition } from './vendor-build.js';

interface Section {
  readonly side: 'client' | 'server';
  /** `engine`, `containerd`, `podman engine`; empty directly under the side. */
  readonly component: string;
  /** What stands beside the side: `Docker Engine - Community`. */
  readonly edition: string;
  readonly fields: Map<string, { readonly value: string; readonly line: number }>;
}

const SIDE = /^\s*(Client|Server):(.*)$/;
const COMPONENT = /^\s*([A-Za-z][A-Za-z0-9 ()._-]{0,40}):\s*$/;
const FIELD = /^\s*([A-Za-z][A-Za-z/ ]{0,30}):\s+(\S.*)$/;
/** Before 1.8: no sections, the side in the key. */
const OLD_FIELD = /^(Client|Server) (version|API version): (\S+)\s*$/;
const PACKAGE = /^(?:docker|moby)[a-z-]*-(\d\S*)\.[a-z0-9_]+$/;
/** Lines of one output; a real one has 30. */
const FIELDS_LIMIT = 64;

export interface DockerVersionReader {
  /** Takes the next line, with its 1-based number. */
  read(text: string, line: number): void;
  end(): void;
}

/** States what each output of the command says, as an output of its own. */
export function dockerVersionReader(newOutput: () => Output): DockerVersionReader {
  let sections: Section[] = [];
  let current: Section | null = null;
  let old: Map<string, { readonly value: string; readonly line: number }> = new Map();
  let fields = 0;

  function end(): void {
    const output = newOutput();
    const foreign = sections.some(({ component }) => /podman|conmon|oci runtime/.test(component));
    for (const section of sections) {
      if (section.side === 'client') stateClient(section, output);
      else if (!foreign) stateServer(section, sections, output);
    }
    // `Server version:` alone is how databases introduce themselves, too.
    if (old.has('Client API version') || old.has('Server API version')) {
      const client = old.get('Client version');
      const server = old.get('Server version');
      if (client !== undefined) output.version('docker-cli', client.value, client.line);
      if (server !== undefined) output.version('dockerd', server.value, server.line);
    }
    output.end({});
    sections = [];
    current = null;
    old = new Map();
    fields = 0;
  }

  function open(side: Section['side'], component: string, edition: string): void {
    current = { side, component, edition, fields: new Map() };
    sections.push(current);
  }

  return {
    end,
    read(text, line) {
      if (!text.includes(':')) {
        // Any other text ends it; an empty line stands between client and server.
        if (current !== null && text.trim() !== '') end();
        return;
      }
      const side = SIDE.exec(text);
      if (side !== null) {
        const kind = side[1] === 'Client' ? 'client' : 'server';
        if (kind === 'client' || sections.some((section) => section.side === 'server')) end();
        // `Client: Podman Engine`, `Server: Docker Engine - Community`, `Server: linux/amd64/fedora-40`.
        const edition = (side[2] ?? '').trim().slice(0, 64);
        open(kind, '', edition);
        if (/podman/i.test(edition)) open(kind, 'podman engine', edition);
        return;
      }
      if (current === null) {
        const field = OLD_FIELD.exec(text);
        if (field !== null && old.size < 8) {
          old.set(`${field[1]} ${field[2]}`, { value: field[3] ?? '', line });
        }
        return;
      }
      const component = COMPONENT.exec(text);
      if (component !== null && !/^\s*(?:Git ?commit|Built)$/i.test(component[1] ?? '')) {
        open(current.side, (component[1] ?? '').toLowerCase(), current.edition);
        return;
      }
      const field = FIELD.exec(text);
      // With its capitals: podman prints `API Version`.
      const key = field?.[1] ?? '';
      // A second `Version:` in one section is another command's output.
      if (field === null || fields === FIELDS_LIMIT || (key === 'Version' && current.fields.has(key))) {
        if (component === null) end();
        return;
      }
      fields++;
      current.fields.set(key, { value: (field[2] ?? '').trimEnd(), line });
    },
  };
}

function stateClient({ component, edition, fields }: Section, output: Output): void {
  const version = fields.get('Version');
  // `ctr` and nerdctl have clients, too, but no API version.
  if (component === '' && version !== undefined && fields.has('API version')) {
    const built = withBuild(version.value, fields.get('Git commit')?.value);
    output.version('docker-cli', withEdition(built, edition), version.line);
  }
}

function stateServer({ component, edition, fields }: Section, all: readonly Section[], output: Output): void {
  const version = fields.get('Version');
  if (version === undefined) return;
  if ((component === 'engine' || component === '') && fields.has('API version')) {
    // RHEL's package tells the patches that 1.13.1 does not.
    const built = fields.get('Package version');
    const packaged = PACKAGE.exec(built?.value ?? '')?.[1];
    if (built !== undefined && packaged !== undefined) output.version('dockerd', packaged, built.line);
    else {
      const whole = withBuild(version.value, fields.get('Git commit')?.value);
      output.version('dockerd', withEdition(whole, edition), version.line);
    }
    const go = fields.get('Go version');
    if (go !== undefined) output.version('go', goVersion(go.value), go.line);
  } else if (component === 'containerd' || (component === '' && fields.has('Revision'))) {
    output.version('containerd', withBuild(version.value, fields.get('GitCommit')?.value), version.line);
  } else if (component === 'runc' && all.length > 1) {
    output.version('runc', version.value, version.line);
  }
}

/** `go1.25.3 X:nodwarf5` -> `1.25.3`. */
export function goVersion(printed: string): string {
  return /^go(\d\S*)/.exec(printed)?.[1] ?? '';
}
