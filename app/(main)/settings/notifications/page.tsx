import type { Metadata } from 'next';
import { serverTexts } from '#app/i18n/request-locale.ts';
import { Guard } from '#app/session/guard.tsx';
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
