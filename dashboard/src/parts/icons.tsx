/** The pictures, drawn on a 24-pixel grid with one stroke. */
import type { ReactNode } from 'react';

const drawing =
  (children: ReactNode) =>
  ({ size = 20 }: { size?: number }) => (
    <svg
      width={size}
      height={size}
      viewBox="0 0 24 24"
      fill="none"
      stroke="currentColor"
      strokeWidth={1.8}
      strokeLinecap="round"
      strokeLinejoin="round"
      aria-hidden="true"
      focusable="false"
    >
      {children}
    </svg>
  );

export const ServerIcon = drawing(
  <>
    <rect x="3" y="4" width="18" height="7" rx="2" />
    <rect x="3" y="13" width="18" height="7" rx="2" />
    <path d="M7 7.5h.01M7 16.5h.01M11 7.5h6M11 16.5h6" />
  </>,
);
export const SunIcon = drawing(
  <>
    <circle cx="12" cy="12" r="4" />
    <path d="M12 2v2M12 20v2M4.9 4.9l1.4 1.4M17.7 17.7l1.4 1.4M2 12h2M20 12h2M4.9 19.1l1.4-1.4M17.7 6.3l1.4-1.4" />
  </>,
);
export const MoonIcon = drawing(<path d="M20 14.5A8.5 8.5 0 0 1 9.5 4a8.5 8.5 0 1 0 10.5 10.5z" />);
export const UserIcon = drawing(
  <>
    <circle cx="12" cy="8" r="4" />
    <path d="M4 20c1.5-3.5 4.5-5 8-5s6.5 1.5 8 5" />
  </>,
);
export const CheckIcon = drawing(<path d="M5 12.5l4.5 4.5L19 7.5" />);
export const CopyIcon = drawing(
  <>
    <rect x="9" y="9" width="11" height="11" rx="2" />
    <path d="M5 15V6a2 2 0 0 1 2-2h8" />
  </>,
);
export const ClockIcon = drawing(
  <>
    <circle cx="12" cy="12" r="9" />
    <path d="M12 7v5l3 2" />
  </>,
);
export const ShieldIcon = drawing(
  <>
    <path d="M12 3l7 3v5c0 5-3 8-7 10-4-2-7-5-7-10V6z" />
    <path d="M9 12l2 2 4-4" />
  </>,
);
export const EyeIcon = drawing(
  <>
    <path d="M2 12s3.5-7 10-7 10 7 10 7-3.5 7-10 7-10-7-10-7z" />
    <circle cx="12" cy="12" r="3" />
  </>,
);
export const DoorIcon = drawing(<path d="M14 4h5a1 1 0 0 1 1 1v14a1 1 0 0 1-1 1h-5M10 8l-4 4 4 4M6 12h9" />);
export const AlertIcon = drawing(
  <>
    <path d="M12 3.5L2.5 20h19z" />
    <path d="M12 10v4.5M12 17.3h.01" />
  </>,
);
export const LinkOutIcon = drawing(<path d="M14 4h6v6M20 4l-9 9M18 14v5a1 1 0 0 1-1 1H5a1 1 0 0 1-1-1V7a1 1 0 0 1 1-1h5" />);
export const PlayIcon = drawing(<path d="M7 4.5v15l12-7.5z" />);
export const StopIcon = drawing(<rect x="6" y="6" width="12" height="12" rx="2" />);
export const RestartIcon = drawing(<path d="M4 12a8 8 0 1 1 2.5 5.800M4 20v-5h5" />);
export const SkullIcon = drawing(<path d="M13 2L4.5 13.5H11l-1 8.5 8.5-11.5H12z" />);
export const BackIcon = drawing(<path d="M15 5l-7 7 7 7" />);
export const NextIcon = drawing(<path d="M9 5l7 7-7 7" />);
export const ChipIcon = drawing(
  <>
    <rect x="6" y="6" width="12" height="12" rx="2" />
    <path d="M9 2v4M15 2v4M9 18v4M15 18v4M2 9h4M2 15h4M18 9h4M18 15h4" />
  </>,
);
export const MemoryIcon = drawing(<path d="M3 7h18v8H3zM6 15v3M10 15v3M14 15v3M18 15v3M7 10v2M12 10v2M17 10v2" />);
export const DiskIcon = drawing(
  <>
    <rect x="4" y="3" width="16" height="18" rx="2" />
    <circle cx="12" cy="10" r="4" />
    <path d="M12 10h.01M8 18h8" />
  </>,
);
