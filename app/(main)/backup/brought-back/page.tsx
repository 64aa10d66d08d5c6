import type { Metadata } from 'next';
import { serverTexts } from '#app/i18n/request-locale.ts';
import { Guard } from '#app/session/guard.tsx';
import { BackupFrame } from '../backup-frame.tsx';
import { BroughtBack } from './brought-back.tsx';

export async function generateMetadata(): Promise<Metadata> {
  return { title: (await serverTexts('broughtBack'))('title') };
}

/** What was brought back from backups without restoring all of them. */
export default function Page() {
  return (
    <Guard action="backup.compare">
      <BackupFrame>
        <BroughtBack />
      </BackupFrame>
    </Guard>
  );
}
