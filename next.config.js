/** @type {import('next').NextConfig} */
const config = {
  poweredByHeader: false,
  devIndicators: false,
  // `npm run check` does it, for everything at once; whoever starts the server does not wait for it.
  typescript: { ignoreBuildErrors: true },
};

export default config;
