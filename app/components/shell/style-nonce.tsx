'use client';

declare global {
  var __webpack_nonce__: string | undefined;
}

/**
 * Hands the Content-Security-Policy's nonce to `get-nonce`, through which the scroll lock of Radix's
 * dialogs marks the style that it adds to the page.
 */
export function StyleNonce({ nonce }: { nonce: string }) {
  // A refresh of the page's data comes with a nonce of its own, which this document does not know.
  if (typeof window !== 'undefined') globalThis.__webpack_nonce__ ??= nonce;
  return null;
}
