import type { Metadata } from 'next';
import { serverTexts } from '#app/i18n/request-locale.ts';
import { Guard } from '#app/session/guard.tsx';
import { NightsPage } from './nights-page.tsx';

export async function generateMetadata(): Promise<Metadata> {
  return { title: (await serverTexts('nights'))('title') };
}

export default function Page() {
  return (
    <Guard action="backup.view">
      <NightsPage />
    </Guard>
  );
}
