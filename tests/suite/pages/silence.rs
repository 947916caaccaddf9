//! No page makes the browser ask anybody but the site, or say anything on its console.

use crate::{pages::site::Site, support::browser::Scripts};

#[tokio::test]
async fn no_request_leaves_the_site_and_the_console_is_silent_with_scripts_and_without() {
    for scripts in [Scripts::On, Scripts::Off] {
        for site in [Site::new().await, Site::empty().await] {
            // It listens to every page that it looks at.
            site.look(scripts, 1280, async |_, _| {}).await;
        }
    }
}
