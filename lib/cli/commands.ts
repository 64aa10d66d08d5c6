import type { Command } from 'commander';
import { addBringBack } from './bring-back.ts';
import { addCompare } from './compare.ts';
import { addCreate } from './create.ts';
import { addDelete } from './delete.ts';
import { addDestination } from './destination.ts';
import { addDownload } from './download.ts';
import { addExport } from './export.ts';
import { addExternal } from './external.ts';
import { addImport } from './import.ts';
import { addInspect } from './inspect.ts';
import { addKit } from './kit.ts';
import { addList } from './list.ts';
import { addMoveVault } from './move-vault.ts';
import { addNightly } from './nightly.ts';
import { addRecover } from './recover.ts';
import { addRehearse } from './rehearse.ts';
import { addRestore } from './restore.ts';
import { addSample } from './sample.ts';
import { addShow } from './show.ts';
import { addStatus } from './status.ts';
import { addTest } from './test.ts';
import { addUndo } from './undo.ts';
import { addUpload } from './upload.ts';
import { addUser } from './user.ts';

/** In the order of the help. */
export const commands: readonly ((program: Command) => void)[] = [
  addStatus,
  addSample,
  addImport,
  addExport,
  addCreate,
  addList,
  addShow,
  addTest,
  addCompare,
  addBringBack,
  addRestore,
  addUndo,
  addDelete,
  addDownload,
  addUpload,
  addInspect,
  addKit,
  addDestination,
  addExternal,
  addRecover,
  addRehearse,
  addNightly,
  addMoveVault,
  addUser,
];
