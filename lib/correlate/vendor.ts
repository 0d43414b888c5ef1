/** Builds that carry patches of their own: their wording and version prove less. */

const VENDOR_TAG = /^(?:dockerd?-current|balenad|balena-engine|isula)/;
const VENDOR_VERSION = /^1\.1[23]\.\d|balena|mirantis|eulerosv|\.el7|euler|-ee\b|mcr/i;

export function isVendorTag(tag: string): boolean {
  return VENDOR_TAG.test(tag);
}

export function isVendorBuild(version: string): boolean {
  return VENDOR_VERSION.test(version);
}
