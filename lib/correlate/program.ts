/** The one name that leaktrail has for a program, whatever tag, unit or package it goes by. */

const PROGRAMS: Readonly<Record<string, string>> = {
  docker: 'dockerd',
  'docker-current': 'dockerd',
  'dockerd-current': 'dockerd',
  'docker-ce': 'dockerd',
  'docker.io': 'dockerd',
  'moby-engine': 'dockerd',
  moby: 'dockerd',
  'docker.service': 'dockerd',
  'containerd.io': 'containerd',
  'containerd.service': 'containerd',
  cri: 'containerd',
  'docker-buildx': 'buildx',
};

export function programOf(name: string): string {
  const lower = name.toLowerCase().slice(0, 64);
  return PROGRAMS[lower] ?? lower;
}
