/** What Mantine's parts look like here. Colours stand in base.css, because a strict content security policy takes no styles from scripts. */
import { createTheme, Modal, Tooltip } from '@mantine/core';

export const theme = createTheme({
  primaryColor: 'indigo',
  defaultRadius: 'md',
  respectReducedMotion: true,
  cursorType: 'pointer',
  components: {
    // Locking the page behind would write a style element, which the policy refuses; base.css does it.
    // And its head is no banner of the page.
    Modal: Modal.extend({
      defaultProps: {
        ...{ lockScroll: false, centered: true, radius: 'lg', overlayProps: { backgroundOpacity: 0.55 } },
        attributes: { header: { role: 'presentation' } },
      },
    }),
    Tooltip: Tooltip.extend({
      defaultProps: { withArrow: true, multiline: true, maw: 320, events: { hover: true, focus: true, touch: true } },
    }),
  },
});
