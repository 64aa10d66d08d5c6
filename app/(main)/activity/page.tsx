import type { Metadata } from 'next';
import { serverTexts } from '#app/i18n/request-locale.ts';
import { Guard } from '#app/session/guard.tsx';
import { ActivityPage } from './activity-page.tsx';

export async function generateMetadata(): Promise<Metadata> {
  return { title: (await serverTexts('activity'))('title') };
}

export default function Page() {
  return (
    <Guard action="audit.view">
      <ActivityPage />
    </Guard>
  );
}
