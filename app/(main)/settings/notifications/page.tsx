import type { Metadata } from 'next';
import { serverTexts } from '../../../i18n/request-locale.ts';
import { Guard } from '../../../session/guard.tsx';
import { NotificationsPage } from './notifications-page.tsx';

export async function generateMetadata(): Promise<Metadata> {
  return { title: (await serverTexts('notifications'))('title') };
}

export default function Page() {
  return (
    <Guard action="backup.configure">
      <NotificationsPage />
    </Guard>
  );
}
