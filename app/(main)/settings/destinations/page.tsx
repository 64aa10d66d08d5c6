import type { Metadata } from 'next';
import { serverTexts } from '#app/i18n/request-locale.ts';
import { Guard } from '#app/session/guard.tsx';
import { DestinationsPage } from './destinations-page.tsx';

export async function generateMetadata(): Promise<Metadata> {
  return { title: (await serverTexts('destinations'))('title') };
}

export default function Page() {
  return (
    <Guard action="backup.configure">
      <DestinationsPage />
    </Guard>
  );
}
