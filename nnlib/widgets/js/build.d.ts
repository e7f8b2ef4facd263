/** Put in by tools/build_explorer.mjs: a digest of each bundle of drawings, by its name. */
declare const BUNDLE_DIGESTS: Record<string, string>;
