/**
 * Writes what the compiler does not: the compiled patterns and defects, and the bundled bins. Run by `npm run build`
 * behind the compiler, in one process: what they read YAML and schemas with takes longer to load than to run.
 */
await Promise.all([
  import('./compile-patterns.js'),
  import('./compile-defects.js'),
  import('./bundle-cli.js'),
]);
