import type { MetadataRoute } from 'next';

/** Makes the pages installable (W3C Web Application Manifest). */
export default function manifest(): MetadataRoute.Manifest {
  return {
    name: 'Fiberkeep',
    short_name: 'Fiberkeep',
    start_url: '/',
    display: 'standalone',
    background_color: '#fbfbfa',
    theme_color: '#0f766e',
    icons: [
      { src: '/icon.svg', sizes: 'any', type: 'image/svg+xml' },
      { src: '/apple-icon.png', sizes: '180x180', type: 'image/png' },
    ],
  };
}
