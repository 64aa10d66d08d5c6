'use client';

import type { BackupPartsFragment } from '#generated/graphql/client/graphql.ts';
import { CompareWithDialog } from './compare/compare-with-dialog.tsx';
import { CreateBackupDialog } from './create-backup-dialog.tsx';
import { DeleteBackupDialog } from './delete-backup-dialog.tsx';
import { EditBackupDialog } from './edit-backup-dialog.tsx';
import { PlayDialog } from './restore/play-dialog.tsx';
import { UploadDialog } from './upload/upload-dialog.tsx';

/** The task that the person started, and its backup. */
export interface BackupTask {
  readonly kind: 'create' | 'upload' | 'play' | 'compare' | 'edit' | 'delete';
  readonly backup: BackupPartsFragment | null;
}

interface Props {
  task: BackupTask | null;
  onClose: () => void;
  onChanged: () => void;
  /** Called when an upload starts. */
  onUploaded: () => void;
}

/** The dialog of the current task. */
export function BackupDialogs({ task, onClose, onChanged, onUploaded }: Props) {
  if (!task) return null;
  if (task.kind === 'create') return <CreateBackupDialog onClose={onClose} />;
  if (task.kind === 'upload') return <UploadDialog onClose={onClose} onChanged={onUploaded} />;
  if (!task.backup) return null;
  const shared = { backup: task.backup, onClose, onChanged };
  if (task.kind === 'play') return <PlayDialog {...shared} />;
  if (task.kind === 'compare') return <CompareWithDialog {...shared} />;
  if (task.kind === 'edit') return <EditBackupDialog {...shared} />;
  return <DeleteBackupDialog {...shared} />;
}
