/** Starts the dashboard. */
import './mantine.css';
import './base.css';
import { MantineProvider } from '@mantine/core';
import { QueryClientProvider } from '@tanstack/react-query';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { queryClient } from './api/queries.js';
import { reportUncaught } from './api/report.js';
import { session } from './api/session.js';
import { refresh } from './api/transport.js';
import { App } from './app.js';
import { theme } from './theme.js';

// Whoever was logged in before a reload or a way to Stripe and back still is: the server's cookie says so.
if (session().status === 'starting') void refresh();

reportUncaught();

const root = document.getElementById('root');
if (root)
  createRoot(root).render(
    <StrictMode>
      <MantineProvider theme={theme} defaultColorScheme="auto" withCssVariables={false} withGlobalClasses={false}>
        <QueryClientProvider client={queryClient}>
          <App />
        </QueryClientProvider>
      </MantineProvider>
    </StrictMode>,
  );
