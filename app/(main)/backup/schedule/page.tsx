import type { Metadata } from 'next';
import { serverTexts } from '#app/i18n/request-locale.ts';
import { Guard } from '#app/session/guard.tsx';
import { SchedulePage } from './schedule-page.tsx';

export async function generateMetadata(): Promise<Metadata> {
  return { title: (await serverTexts('schedule'))('title') };
}

export default function Page() {
  return (
    <Guard action="backup.view">
      <SchedulePage />
    </Guard>
  );
}
