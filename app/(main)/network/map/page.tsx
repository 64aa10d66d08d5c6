import type { Metadata } from 'next';
import { serverTexts } from '#app/i18n/request-locale.ts';
import { MapPage } from './map-page.tsx';

export async function generateMetadata(): Promise<Metadata> {
  return { title: (await serverTexts('map'))('title') };
}

export default function Page() {
  return <MapPage />;
}
