import { Cloud, FolderOpen, type LucideIcon, Server } from 'lucide-react';
import type { DestinationKind } from '#generated/graphql/client/graphql.ts';

export const kindIcons: Record<DestinationKind, LucideIcon> = {
  FOLDER: FolderOpen,
  S3: Cloud,
  SFTP: Server,
};
