import { isIPv6 } from 'node:net';

/** RFC 4251 section 1: the port of SSH. */
export const SSH_PORT = 22;

/** How a place off the machine is reached. Secrets are part of it: it is never logged. */
export type PlaceAccess = FolderAccess | S3Access | SftpAccess;

/** A mounted folder, such as a NAS. */
export interface FolderAccess {
  readonly kind: 'FOLDER';
  /** Absolute. It must exist: where a disk is not mounted, nothing is written to the folder beneath it. */
  readonly folder: string;
}

export interface S3Access {
  readonly kind: 'S3';
  readonly bucket: string;
  /** Before the names of all objects, without slashes at its ends; empty: none. */
  readonly prefix: string;
  /** An http or https URL; null: Amazon's of the region. */
  readonly endpoint: string | null;
  readonly region: string;
  /** The bucket stands in the path of a URL, not in its host name. */
  readonly pathStyle: boolean;
  /** Null: those of the environment, as the AWS SDK finds them. */
  readonly credentials:
    | { readonly accessKeyId: string; readonly secretAccessKey: string }
    | { readonly profile: string }
    | null;
}

export interface SftpAccess {
  readonly kind: 'SFTP';
  readonly host: string;
  readonly port: number;
  readonly user: string;
  /** Absolute, or below the folder where the server lets the user in. */
  readonly folder: string;
  readonly password: string | null;
  /** In the form of OpenSSH or PEM. */
  readonly privateKey: string | null;
  readonly passphrase: string | null;
  /**
   * The pinned key of the host, as `ssh-keygen -lf` shows it: `SHA256:` and base64 without padding. Null: none is
   * pinned yet, and opening fails with the reason `hostKeyUnknown`, which names it.
   */
  readonly hostKey: string | null;
}

/** The place as people write it, without secrets: `file:///…`, `s3://bucket/prefix`, `sftp://user@host/folder`. */
export function placeUrl(access: PlaceAccess): string {
  switch (access.kind) {
    case 'FOLDER':
      return `file://${encodePath(access.folder)}`;
    case 'S3':
      return `s3://${access.bucket}${access.prefix && `/${encodePath(access.prefix)}`}`;
    case 'SFTP': {
      const host = isIPv6(access.host) ? `[${access.host}]` : access.host;
      const port = access.port === SSH_PORT ? '' : `:${access.port}`;
      const folder = access.folder.startsWith('/') ? access.folder : `/~/${access.folder}`;
      return `sftp://${encodeURIComponent(access.user)}@${host}${port}${encodePath(folder)}`;
    }
  }
}

function encodePath(text: string): string {
  return text
    .split('/')
    .map((part) => (part === '~' ? part : encodeURIComponent(part)))
    .join('/');
}
