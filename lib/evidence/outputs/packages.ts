/**
 * Rows of package lists: `dpkg -l`, `rpm -qa`, `yum list installed`. The version is the package's, with the
 * distribution's suffix: that is what tells which patches a build carries.
 */

/** Package name -> product. */
const PRODUCTS: Readonly<Record<string, string>> = {
  docker: 'dockerd',
  'docker.io': 'dockerd',
  'docker-ce': 'dockerd',
  'docker-ee': 'dockerd',
  'docker-engine': 'dockerd',
  'docker-latest': 'dockerd',
  'moby-engine': 'dockerd',
  'docker-cli': 'docker-cli',
  'docker-ce-cli': 'docker-cli',
  'docker-ee-cli': 'docker-cli',
  'moby-cli': 'docker-cli',
  containerd: 'containerd',
  'containerd.io': 'containerd',
  'moby-containerd': 'containerd',
  runc: 'runc',
  'moby-runc': 'runc',
  'docker-buildx': 'buildx',
  'docker-buildx-plugin': 'buildx',
  'moby-buildx': 'buildx',
  buildkit: 'buildkit',
  kubelet: 'kubelet',
  'cri-o': 'cri-o',
  'cri-dockerd': 'cri-dockerd',
};

/** `ii` and `hi`: what is only known, or was removed, does not run. */
const DPKG = /^\s*[ih]i\s+([a-z0-9][a-z0-9.+-]{0,60})(?::[a-z0-9]+)?\s+(\d\S*)(?:\s|$)/;
const RPM_ARCH = 'x86_64|aarch64|noarch|ppc64le|s390x|armv7hl|i686|amd64|arm64|riscv64|loongarch64';
const RPM = new RegExp(
  `^\\s*([a-z][a-z.-]{0,40}?)-((?:\\d{1,3}:)?\\d[^\\s-]*-[^\\s-]+?)\\.(?:${RPM_ARCH})(?:\\s|$)`,
);
/** `@`: from which repository it was installed; rows without it are only on offer. */
const YUM = new RegExp(`^\\s*([a-z][a-z.-]{0,40}?)\\.(?:${RPM_ARCH})\\s+(\\S+)\\s+(?:@\\S|installed\\b)`);

/** Longer lines are no rows. */
const ROW_LIMIT = 1_024;

export function packageVersion(text: string): { readonly product: string; readonly version: string } | null {
  if (text.length > ROW_LIMIT) return null;
  const row = DPKG.exec(text) ?? RPM.exec(text) ?? YUM.exec(text);
  const product = Object.hasOwn(PRODUCTS, row?.[1] ?? '') ? PRODUCTS[row?.[1] ?? ''] : undefined;
  return product === undefined ? null : { product, version: row?.[2] ?? '' };
}
