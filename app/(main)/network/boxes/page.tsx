import { Boxes } from './boxes.tsx';

export default function Page() {
  return <Boxes />;
}
