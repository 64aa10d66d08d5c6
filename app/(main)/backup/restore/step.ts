import type { RestorePreviewPartsFragment } from '#generated/graphql/client/graphql.ts';

/** What each step of the restore dialog gets. */
export interface StepProps {
  restore: RestorePreviewPartsFragment;
  onClose: () => void;
  onChanged: () => void;
}
