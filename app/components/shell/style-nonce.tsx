'use client';

declare global {
  var __webpack_nonce__: string | undefined;
}

/**
 * Hands the Content-Security-Policy's nonce to `get-nonce`. The scroll lock of Radix dialogs reads
 * it there for the style it adds.
 */
export function StyleNonce({ nonce }: { nonce: string }) {
  // A refresh brings a new nonce, which this document's policy does not allow.
  if (typeof window !== 'undefined') globalThis.__webpack_nonce__ ??= nonce;
  return null;
}
