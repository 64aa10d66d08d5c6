import type { Metadata } from 'next';
import { serverTexts } from '../../i18n/request-locale.ts';
import { Guard } from '../../session/guard.tsx';
import { PostsPage } from './posts-page.tsx';

export async function generateMetadata(): Promise<Metadata> {
  return { title: (await serverTexts('posts'))('title') };
}

export default function Page() {
  return (
    <Guard action="network.view">
      <PostsPage />
    </Guard>
  );
}
