/**
 * Puts into a version who built it, where the program says so in another place than the version: distributions
 * write their package's version where the commit belongs, vendors their name above it. A bare number would be
 * taken for upstream's own build.
 */

const PLAIN = /^v?\d{1,6}(?:\.\d{1,6}){1,3}$/;
const PACKAGED = /^[-+~][0-9A-Za-z.+~:_-]{1,96}$/;

/** `build`: what is printed as the commit. `26.1.3` with `26.1.3-0ubuntu1~24.04.1` is the latter. */
export function withBuild(version: string, build: string | undefined): string {
  const number = version.replace(/^v/, '');
  if (build === undefined || !PLAIN.test(version)) return version;
  const whole = build.replace(/^v/, '');
  return whole.startsWith(number) && PACKAGED.test(whole.slice(number.length)) ? whole : version;
}

/** `edition`: what stands beside `Server:`, or the platform's name. */
export function withEdition(version: string, edition: string): string {
  if (/mirantis/i.test(edition)) return /mirantis/i.test(version) ? version : `${version}-mirantis`;
  if (/docker engine - enterprise|docker enterprise/i.test(edition))
    return /[-~+]ee(?![a-z\d])/i.test(version) ? version : `${version}-ee`;
  return version;
}
