/** @type {import('next').NextConfig} */
const config = {
  poweredByHeader: false,
  devIndicators: false,
  // Loaded when a destination is opened, and only then.
  serverExternalPackages: ['ssh2', '@aws-sdk/client-s3', '@aws-sdk/credential-providers'],
  // `npm run check` does it, for everything at once; whoever starts the server does not wait for it.
  typescript: { ignoreBuildErrors: true },
};

export default config;
