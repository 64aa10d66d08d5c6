import type { Upload } from '#app/transfers/uploads.tsx';

/** What each step of the upload dialog gets. */
export interface StepProps {
  upload: Upload;
  onClose: () => void;
  onChanged: () => void;
}
