/** The region that places other than Amazon's are signed for. */
export const DEFAULT_REGION = 'us-east-1';

/** AWS, "Bucket naming rules". */
const BUCKET = /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/;
const PREFIX = /^[\w.-]+(\/[\w.-]+)*$/;

/** Reads `s3://bucket/prefix`; null for anything else. */
export function parseS3Url(text: string): { bucket: string; prefix: string } | null {
  if (!URL.canParse(text)) return null;
  const url = new URL(text);
  if (url.protocol !== 's3:' || `${url.port}${url.username}${url.search}${url.hash}` !== '')
    return null;
  const prefix = decoded(url.pathname)?.replace(/^\/+|\/+$/g, '');
  if (!BUCKET.test(url.hostname) || prefix === undefined) return null;
  if (prefix !== '' && !PREFIX.test(prefix)) return null;
  return { bucket: url.hostname, prefix };
}

/** An address of an S3 server. Credentials do not belong into it. */
export function isHttpUrl(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, username } = new URL(text);
  return /^https?:$/.test(protocol) && username === '';
}

/** Null for text that is not percent-encoded, or that hides control characters. */
export function decoded(text: string): string | null {
  try {
    const plain = decodeURIComponent(text);
    return /\p{Cc}/u.test(plain) ? null : plain;
  } catch {
    return null;
  }
}
